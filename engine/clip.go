package engine

import (
	"unicode/utf8"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Expressions and templates see at most assumedText characters of a text: that is what the estimate of their cost assumes, and receipt has no
// such limit. What is stored, shown to people and handed to models is the whole text.

// clipText cuts a text to what expressions see of it.
func clipText(text string) string {
	if len(text) <= assumedText || utf8.RuneCountInString(text) <= assumedText {
		return text
	}
	n := 0
	for at := range text {
		if n == assumedText {
			return text[:at]
		}
		n++
	}
	return text
}

// clipped is a message as expressions see it: itself, unless a text in it is too long.
func clipped[M proto.Message](m M) M {
	if proto.Size(m) <= assumedText || !tooLong(m.ProtoReflect()) {
		return m
	}
	m = proto.CloneOf(m)
	clipFields(m.ProtoReflect())
	return m
}

// clippedValue is a variable's value as expressions see it.
func clippedValue(value ref.Val) ref.Val {
	if text, ok := value.(types.String); ok && len(text) > assumedText {
		return types.String(clipText(string(text)))
	}
	return value
}

// tooLong reports whether a text of a message is longer than expressions see.
func tooLong(m protoreflect.Message) bool {
	found := false
	texts(m, func(text string) string {
		found = found || utf8.RuneCountInString(text) > assumedText
		return text
	}, false)
	return found
}

func clipFields(m protoreflect.Message) { texts(m, clipText, true) }

// texts hands every text of a message to a function, nested ones too, and puts what it gives in its place when write is set.
func texts(m protoreflect.Message, each func(string) string, write bool) {
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.IsMap():
			value.Map().Range(func(key protoreflect.MapKey, item protoreflect.Value) bool {
				if field.MapValue().Kind() == protoreflect.StringKind {
					if text := each(item.String()); write {
						value.Map().Set(key, protoreflect.ValueOfString(text))
					}
				} else if field.MapValue().Message() != nil {
					texts(item.Message(), each, write)
				}
				return true
			})
		case field.IsList():
			for i := range value.List().Len() {
				if item := value.List().Get(i); field.Kind() == protoreflect.StringKind {
					if text := each(item.String()); write {
						value.List().Set(i, protoreflect.ValueOfString(text))
					}
				} else if field.Message() != nil {
					texts(item.Message(), each, write)
				}
			}
		case field.Kind() == protoreflect.StringKind:
			if text := each(value.String()); write {
				m.Set(field, protoreflect.ValueOfString(text))
			}
		case field.Message() != nil:
			texts(value.Message(), each, write)
		}
		return true
	})
}
