package worktool

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/flowdesk/flowdesk/internal/connectors/robots"
)

func TestParseMessageReadsTheSample(t *testing.T) {
	t.Parallel()
	m, err := ParseMessage(sample(t, "message.json"), "application/json")
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(robots.Message{
		Spoken: "发票怎么开", RawSpoken: "@小助手 发票怎么开", Sender: "张三", Group: "华东客户群",
		Room: robots.RoomExternalGroup, AtMe: true, Type: robots.TextPlain,
	}, m))
}

func TestParseMessageIsLenient(t *testing.T) {
	t.Parallel()
	const form = "application/x-www-form-urlencoded"
	const multi = "multipart/form-data; boundary=b"
	for _, c := range []struct {
		name, kind, body string
		want             robots.Message
	}{
		{
			"atMe as a string, numbers as strings", "", `{"spoken":"在","atMe":"true","roomType":"3","textType":"1"}`,
			robots.Message{Spoken: "在", AtMe: true, Room: 3, Type: 1},
		},
		{"a byte order mark", "", "\ufeff" + `{"spoken":"在"}`, robots.Message{Spoken: "在"}},
		{
			"null fields", "", `{"spoken":"在","groupName":null,"groupRemark":null,"atMe":null,"textType":null,"fileBase64":null}`,
			robots.Message{Spoken: "在"},
		},
		{
			"unknown types are kept", "", `{"spoken":"在","textType":4711,"roomType":9}`,
			robots.Message{Spoken: "在", Type: 4711, Room: 9},
		},
		{
			"a message id, unknown and nested fields", "", `{"new":{"a":[1,{"b":null}]},"spoken":"在","messageId":"m1","x":-1.5e3}`,
			robots.Message{Spoken: "在", ID: "m1"},
		},
		{
			"a message id that is a number keeps its digits", "", `{"spoken":"在","messageId":1784417250785046528}`,
			robots.Message{Spoken: "在", ID: "1784417250785046528"},
		},
		{
			"an event", "", `{"textType":22,"type":105,"friendName":"李四"}`,
			robots.Message{Type: robots.TextEvent, EventType: robots.EventFriendAdded, FriendName: "李四"},
		},
		{
			"escapes, surrogate pairs and half ones", "", `{"spoken":"a\n\"\\\/\u4f60\ud83d\ude00\ud83dx"}`,
			robots.Message{Spoken: "a\n\"\\/你😀\uFFFDx"},
		},
		{"NUL is left out", "", `{"spoken":"a\u0000b"}`, robots.Message{Spoken: "ab"}},
		{"invalid UTF-8 is repaired", "", "{\"spoken\":\"a\xff\xfeb\"}", robots.Message{Spoken: "a\uFFFDb"}},
		{
			"a surprising type costs the field, not the message", "", `{"spoken":"在","receivedName":{"a":1},"groupName":7}`,
			robots.Message{Spoken: "在", Group: "7"},
		},
		{"the last of a doubled field counts", "", `{"spoken":"a","spoken":"b"}`, robots.Message{Spoken: "b"}},
		{"an image", "", `{"textType":2,"fileBase64":"aGk="}`, robots.Message{Type: 2, Image: []byte("hi")}},
		{
			"an image behind a data address", "", `{"textType":2,"fileBase64":"data:image/png;base64,aGk="}`,
			robots.Message{Type: 2, Image: []byte("hi")},
		},
		{
			"a broken image costs the image, not the message", "", `{"textType":2,"fileBase64":"%%%"}`,
			robots.Message{Type: 2, ImageLost: true},
		},
		{
			"a form", form, "spoken=%E5%9C%A8&atMe=true&roomType=1&textType=1&groupRemark=null",
			robots.Message{Spoken: "在", AtMe: true, Room: 1, Type: 1},
		},
		{
			"a form in parts", multi,
			"--b\r\nContent-Disposition: form-data; name=\"spoken\"\r\n\r\n在\x00吗\r\n" +
				"--b\r\nContent-Disposition: form-data; name=\"roomType\"\r\n\r\n1\r\n--b--\r\n",
			robots.Message{Spoken: "在吗", Room: 1},
		},
		{"JSON whatever the content type says", form, ` {"spoken":"在"} `, robots.Message{Spoken: "在"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m, err := ParseMessage([]byte(c.body), c.kind)
			require.NoError(t, err)
			require.Empty(t, cmp.Diff(c.want, m))
		})
	}
}

func TestParseMessageRefuses(t *testing.T) {
	t.Parallel()
	deep := `{"spoken":"` + `","x":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + `}`
	many := strings.Repeat("a=b&", 10_000)
	for _, c := range []struct {
		name, kind, body string
		want             error
	}{
		{"nothing", "", "", ErrEmpty},
		{"white space", "", " \r\n", ErrEmpty},
		{"a probe", "", "{}", ErrNotOurs},
		{"a group webhook", "", `{"msgtype":"text","text":{"content":"x"}}`, ErrNotOurs},
		{"an array", "", `[]`, ErrMalformed},
		{"half a body", "", `{"spoken":"a`, ErrMalformed},
		{"a trailing comma", "", `{"spoken":"a",}`, ErrMalformed},
		{"something behind", "", `{"spoken":"a"}x`, ErrMalformed},
		{"a plain NUL", "", "{\"spoken\":\"a\x00\"}", ErrMalformed},
		{"a bad escape", "", `{"spoken":"\x"}`, ErrMalformed},
		{"a bad number", "", `{"spoken":"a","textType":01}`, ErrMalformed},
		{"plain text", "text/plain", `hello`, ErrMalformed},
		{"half a form", "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"spoken\"\r\n\r\n在", ErrMalformed},
		{"a deep body", "", deep, ErrTooDeep},
		{"a form of many fields", "application/x-www-form-urlencoded", many, ErrTooLarge},
		{"a long body", "", `{"spoken":"` + strings.Repeat("x", DefaultMaxBody) + `"}`, ErrTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := ParseMessage([]byte(c.body), c.kind)
			require.ErrorIs(t, err, c.want)
			var parse *ParseError
			require.ErrorAs(t, err, &parse)
			require.NotContains(t, err.Error(), "spoken", "errors do not repeat the body")
		})
	}
}

func TestImagesHaveALimitOfTheirOwn(t *testing.T) {
	t.Parallel()
	body := func(size int) []byte {
		return fmt.Appendf(nil, `{"spoken":"图","textType":2,"fileBase64":%q}`,
			base64.StdEncoding.EncodeToString(make([]byte, size)))
	}
	limits := Limits{MaxBody: 1000, MaxImage: 5000}
	m, err := limits.ParseMessage(body(5000), "")
	require.NoError(t, err)
	require.Len(t, m.Image, 5000)
	m, err = limits.ParseMessage(body(5001), "")
	require.NoError(t, err)
	require.True(t, m.ImageLost)
	require.Equal(t, "图", m.Spoken)
	_, err = limits.ParseMessage(body(9000), "")
	require.ErrorIs(t, err, ErrTooLarge)
	m, err = Limits{MaxImage: -1}.ParseMessage(body(10), "")
	require.NoError(t, err)
	require.True(t, m.ImageLost)
}

// FuzzParseMessage holds the parser to its promises for any bytes: no panic, what it accepts as JSON is JSON and
// what is a JSON object is not called malformed, and texts are valid UTF-8 without NUL.
func FuzzParseMessage(f *testing.F) {
	f.Add(sample(f, "message.json"), "application/json")
	f.Add([]byte(`{"spoken":"a\ud83d\ude00\u0000","atMe":"true","roomType":"1","x":[1,{"b":-0.5e+3}],"fileBase64":"aGk="}`), "")
	f.Add([]byte("spoken=%E5&roomType=1"), "application/x-www-form-urlencoded")
	f.Add([]byte("--b\r\nContent-Disposition: form-data; name=\"spoken\"\r\n\r\nx\r\n--b--\r\n"), "multipart/form-data; boundary=b")
	f.Fuzz(func(t *testing.T, body []byte, kind string) {
		m, err := ParseMessage(body, kind)
		trimmed := strings.TrimLeft(string(body), " \t\r\n")
		if strings.HasPrefix(trimmed, "{") {
			sameVerdict(t, body, err)
		}
		if err == nil {
			checkTexts(t, m.ID, m.Sender, m.Group, m.GroupRemark, m.Spoken, m.RawSpoken, m.FriendName)
		}
	})
}

// sameVerdict compares with encoding/json, which knows no depth of ours.
func sameVerdict(t *testing.T, body []byte, err error) {
	t.Helper()
	if isKind(err, ErrTooDeep) || isKind(err, ErrTooLarge) {
		return
	}
	malformed := isKind(err, ErrMalformed) || isKind(err, ErrEmpty)
	if valid := json.Valid(body); valid == malformed {
		t.Fatalf("encoding/json says valid=%v, the scanner says %v, of %q", valid, err, body)
	}
}

func BenchmarkParseMessage(b *testing.B) {
	body := sample(b, "message.json")
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := ParseMessage(body, "application/json"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkParseMessageStd is what the same costs with encoding/json and no leniency.
func BenchmarkParseMessageStd(b *testing.B) {
	body := sample(b, "message.json")
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		var m struct {
			Spoken, RawSpoken, ReceivedName, GroupName, GroupRemark string
			RoomType, TextType                                      int
			AtMe                                                    bool
		}
		if err := json.Unmarshal(body, &m); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseMessageWithImage(b *testing.B) {
	body := fmt.Appendf(nil, `{"spoken":"","textType":2,"fileBase64":%q}`, base64.StdEncoding.EncodeToString(make([]byte, 200<<10)))
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := ParseMessage(body, "application/json"); err != nil {
			b.Fatal(err)
		}
	}
}
