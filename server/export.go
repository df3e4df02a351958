package server

import (
	"bytes"
	"context"
	"encoding/csv"
	"strconv"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	flowdeskv1 "github.com/flowdesk/flowdesk/gen/go/flowdesk/v1"
	"github.com/flowdesk/flowdesk/storage"
)

// maxExported is how many rows one file holds: what a spreadsheet opens without pain.
const maxExported = 100_000

// byteOrderMark lets Excel read the file as UTF-8.
const byteOrderMark = "\ufeff"

const (
	csvType            = "text/csv; charset=utf-8"
	contentDisposition = "content-disposition"
)

// exportHeads are the first lines, Chinese and English.
var exportHeads = [2][]string{
	{"时间", "群", "群ID", "人员", "人员ID", "数值", "达标", "说明", "内容", "消息ID", "指令ID", "任务ID", "告警ID"},
	{"time", "group", "group_id", "person", "person_id", "value", "met", "detail", "text", "message_id", "command_id", "task_id", "alert_id"},
}

func (s *analyticsService) ExportMeasurements(ctx context.Context, r *flowdeskv1.ExportMeasurementsRequest) (*flowdeskv1.ExportMeasurementsResponse, error) {
	filter, err := s.measuredFilter(r)
	if err != nil {
		return nil, err
	}
	var file bytes.Buffer
	file.WriteString(byteOrderMark)
	lines := csv.NewWriter(&file)
	lines.UseCRLF = true
	head := exportHeads[0]
	if r.GetEnglish() {
		head = exportHeads[1]
	}
	if err := lines.Write(head); err != nil {
		return nil, err
	}
	answer := &flowdeskv1.ExportMeasurementsResponse{}
	page := storage.Page{Size: storage.MaxPageSize}
	for n := 0; ; {
		rows, next, err := s.measured(ctx, filter, page)
		if err != nil {
			return nil, err
		}
		for _, m := range rows {
			if err := lines.Write(exported(m, s.zone())); err != nil {
				return nil, err
			}
		}
		if n += len(rows); next == "" {
			break
		}
		if n >= maxExported {
			answer.Truncated = true
			if err := lines.Write([]string{"# " + strconv.Itoa(n) + " rows; there are more: take a shorter range"}); err != nil {
				return nil, err
			}
			break
		}
		page.Token = next
	}
	lines.Flush()
	name := strings.ToLower(strings.TrimPrefix(r.GetMetric().String(), "METRIC_")) + "_" + filter.After.In(s.zone()).Format("20060102") + "_" +
		filter.Before.In(s.zone()).Format("20060102") + ".csv"
	_ = grpc.SetHeader(ctx, metadata.Pairs(contentDisposition, `attachment; filename="`+name+`"`)) // it fails only outside of a request
	answer.File = &httpbody.HttpBody{ContentType: csvType, Data: file.Bytes()}
	return answer, lines.Error()
}

func exported(m *flowdeskv1.Measurement, zone *time.Location) []string {
	met := ""
	if m.GetMet() {
		met = "1"
	}
	return []string{
		m.GetTime().AsTime().In(zone).Format(time.RFC3339), plainCell(m.GetSessionTitle()), textCell(m.GetSession()), plainCell(m.GetPersonTitle()),
		textCell(m.GetPerson()), strconv.FormatFloat(m.GetValue(), 'f', -1, 64), met, plainCell(m.GetDetail()), plainCell(m.GetText()),
		textCell(m.GetMessage()), textCell(m.GetCommand()), textCell(m.GetTask()), textCell(m.GetAlert()),
	}
}

// textCell keeps a spreadsheet from taking an id for a number: it shows ="0123" as the text 0123.
func textCell(id string) string {
	if id == "" {
		return ""
	}
	return `="` + strings.ReplaceAll(id, `"`, `""`) + `"`
}

// plainCell keeps what customers wrote from being taken for a formula.
func plainCell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}
