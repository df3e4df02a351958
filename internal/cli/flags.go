package cli

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Remote are the flags of every noun: which server is asked, and how the answer is written.
type Remote struct {
	Server   string        `placeholder:"ADDRESS" help:"gRPC address of the server, https:// in front for TLS. Default: FLOWDESK_SERVER, the profile's, 127.0.0.1:9090."`
	Profile  string        `placeholder:"NAME" predictor:"profile" help:"Profile that says server and token. Default: FLOWDESK_PROFILE, the one in use."`
	Timeout  time.Duration `default:"30s" help:"How long one request may take."`
	Output   string        `short:"o" enum:"table,json,jsonl,yaml,name" default:"table" help:"Form of the result: table, json, jsonl, yaml or name."`
	JQ       string        `name:"jq" placeholder:"QUERY" help:"Pick from the JSON result with a jq query."`
	Template string        `placeholder:"TEMPLATE" help:"Write the JSON result with a Go template."`
	Zone     string        `placeholder:"ZONE" help:"Zone of times for people, such as Asia/Shanghai. Default: the profile's, this machine's."`
	Lang     string        `enum:"en,zh," default:"" placeholder:"LANG" help:"Language of texts for people: en or zh. Default: FLOWDESK_LANG, the locale."`
	Yes      bool          `short:"y" help:"Do it without asking."`
}

// AfterApply hands the flags to the shell before the command runs.
func (r *Remote) AfterApply(sh *Shell) error {
	sh.remote = *r
	return sh.prepare()
}

// paging bounds a list.
type paging struct {
	Limit int `default:"50" help:"Most rows; 0 for all."`
}

// reasoned is what every change of state can be told.
type reasoned struct {
	Reason string `help:"Why, for other people."`
}

// period bounds a list in time.
type period struct {
	Since string `placeholder:"TIME" help:"From this time on: 2026-01-05T08:00:00+08:00, 2026-01-05 08:00, 08:00, or 2h for two hours ago."`
	Until string `placeholder:"TIME" help:"Before this time."`
}

func (p *period) times(sh *Shell) (since, until *timestamppb.Timestamp, err error) {
	if since, err = sh.when("--since", p.Since, -1); err != nil {
		return nil, nil, err
	}
	until, err = sh.when("--until", p.Until, -1)
	return since, until, err
}

// when reads a time for a flag. A duration counts from now, backwards or forwards. Empty is nil.
func (sh *Shell) when(flag, text string, direction int) (*timestamppb.Timestamp, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // an unset time is a nil field of the request
	}
	now := sh.sys.Now().In(sh.zone)
	if d, err := time.ParseDuration(text); err == nil {
		return timestamppb.New(now.Add(time.Duration(direction) * d)), nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return timestamppb.New(t), nil
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, text, sh.zone); err == nil {
			return timestamppb.New(t), nil
		}
	}
	if t, err := time.ParseInLocation("2006-01-02 15:04", now.Format("2006-01-02 ")+text, sh.zone); err == nil {
		return timestamppb.New(t), nil
	}
	return nil, sh.usage("%s: %q is no time; write 2026-01-05 08:00, 08:00 or 2h", flag, text)
}

// values reads enum values by their short names for a flag, letter case ignored. E is the enum of the answer.
func values[E protoreflect.Enum](sh *Shell, flag string, texts []string) ([]E, error) {
	var (
		found []E
		zero  E
	)
	for _, text := range texts {
		number, err := enumNumber(sh, flag, zero.Descriptor(), text)
		if err != nil {
			return nil, err
		}
		v, ok := zero.Type().New(number).(E)
		if !ok {
			return nil, fmt.Errorf("%s is not of its own type", zero.Descriptor().FullName())
		}
		found = append(found, v)
	}
	return found, nil
}

// value reads one enum value for a flag; empty is the unset value.
func value[E protoreflect.Enum](sh *Shell, flag, text string) (E, error) {
	var zero E
	if text == "" {
		return zero, nil
	}
	found, err := values[E](sh, flag, []string{text})
	if err != nil {
		return zero, err
	}
	return found[0], nil
}

func enumNumber(sh *Shell, flag string, enum protoreflect.EnumDescriptor, text string) (protoreflect.EnumNumber, error) {
	wanted := strings.ToLower(strings.ReplaceAll(text, "-", "_"))
	for i := range enum.Values().Len() {
		v := enum.Values().Get(i)
		if v.Number() != 0 && (wanted == shortValue(v) || wanted == strings.ToLower(string(v.Name()))) {
			return v.Number(), nil
		}
	}
	return 0, sh.usage("%s: %q is none of %s", flag, text, strings.Join(enumNames(enum), ", "))
}

// enumNames are the values of an enum as flags take them.
func enumNames(enum protoreflect.EnumDescriptor) []string {
	var known []string
	for i := range enum.Values().Len() {
		if v := enum.Values().Get(i); v.Number() != 0 {
			known = append(known, shortValue(v))
		}
	}
	return known
}

// resource is the full name of what an argument names: an id, or the name itself.
func resource(collection, id string) string {
	if strings.HasPrefix(id, collection+"/") {
		return id
	}
	return collection + "/" + id
}

// short is the last part of a resource name.
func short(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }
