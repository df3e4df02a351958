package bunstore

import (
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/klauspost/compress/s2"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Data columns begin with a byte that says how the rest is packed. Numbers are for ever.
const (
	packedPlain  = 0 // as it is
	packedTurns1 = 1 // S2 block with the dictionary turns1.s2, no longer written
	packedTurns2 = 2 // S2 block with the dictionary turns2.s2, no longer written
	packedTurns3 = 3 // S2 block with the dictionary turns3.s2
)

// The dictionaries are of ordinary turns, made by the program train. A turn is about 1.6 KB of ids, names of nodes and ports, and texts that
// most turns share; with the dictionary an S2 block of it is about 0.5 KB and costs 2 µs to make. The encoder that looks for longer matches makes
// it a tenth smaller and clears half a megabyte of tables for each; zstd reaches the same size for several times the time. What is stored was
// packed with these very files, so they never change: a better dictionary is another file with the next number.
var (
	//go:embed dictionary/turns1.s2
	turns1 []byte
	//go:embed dictionary/turns2.s2
	turns2 []byte
	//go:embed dictionary/turns3.s2
	turns3 []byte

	dictionaries = map[byte]func() *s2.Dict{
		packedTurns1: dictionary(&turns1), packedTurns2: dictionary(&turns2), packedTurns3: dictionary(&turns3),
	}
	newestDictionary = dictionaries[packedTurns3]
)

// dictionary reads one when it is first needed.
func dictionary(file *[]byte) func() *s2.Dict {
	return sync.OnceValue(func() *s2.Dict { return s2.NewDict(*file) })
}

// packMin is the size below which packing gains nothing.
const packMin = 64

// packer packs data into memory that it reuses; what it gives is valid until reset.
type packer struct {
	memory []byte
	used   int
	before int // bytes used in chunks before memory, since the last reset
}

const (
	packerChunk = 1 << 16
	packerKeeps = 4 << 20 // a batch beyond it is rare
)

// reset makes room for the next batch, so much that one like the last fits into one chunk.
func (p *packer) reset() {
	if total := p.before + p.used; p.before > 0 && total <= packerKeeps {
		p.memory = make([]byte, 2*total)
	}
	p.used, p.before = 0, 0
}

// pack packs data for a data column. It never gives nil.
func (p *packer) pack(data []byte) []byte {
	need := 1 + s2.MaxEncodedLen(max(len(data), 0))
	if len(p.memory)-p.used < need {
		p.before += p.used
		p.memory, p.used = make([]byte, max(packerChunk, need)), 0
	}
	out := p.memory[p.used : p.used+need : p.used+need]
	out[0] = packedPlain
	if len(data) >= packMin {
		if block := newestDictionary().Encode(out[1:], data); len(block) < len(data) {
			out[0] = packedTurns3
			out = out[:1+len(block)]
			p.used += len(out)
			return out
		}
	}
	out = append(out[:1], data...)
	p.used += len(out)
	return out
}

// pack packs data into memory of its own.
func pack(data []byte) []byte {
	p, _ := packers.Get().(*packer)
	defer packers.Put(p)
	p.reset()
	return slices.Clone(p.pack(data))
}

var packers = sync.Pool{New: func() any { return &packer{} }}

var errDamaged = errors.New("stored data is damaged")

// unpack gives back what was packed.
func unpack(data []byte) ([]byte, error) {
	if len(data) == 0 {
		return nil, errDamaged
	}
	if data[0] == packedPlain {
		return data[1:], nil
	}
	dictionary := dictionaries[data[0]]
	if dictionary == nil {
		return nil, fmt.Errorf("%w: packed in a way (%d) that this version does not know", errDamaged, data[0])
	}
	out, err := dictionary().Decode(nil, data[1:])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	return out, nil
}

// encode is a message as stored. A text that is not valid UTF-8 is repaired: one odd name must not fail the rows of others.
func encode(m proto.Message) []byte {
	options := proto.MarshalOptions{AllowPartial: true}
	data, err := options.Marshal(m)
	if err != nil {
		repaired := proto.Clone(m)
		repair(repaired.ProtoReflect())
		data, _ = options.Marshal(repaired) // invalid UTF-8 is the only thing that marshalling refuses
	}
	return data
}

func decode[M proto.Message](data []byte, into M) (M, error) {
	plain, err := unpack(data)
	if err == nil {
		err = proto.Unmarshal(plain, into)
	}
	if err != nil {
		return into, fmt.Errorf("stored %s: %w", into.ProtoReflect().Descriptor().FullName(), err)
	}
	return into, nil
}

// repair replaces invalid UTF-8 in all texts of a message.
func repair(m protoreflect.Message) {
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.IsMap():
		case field.IsList() && field.Kind() == protoreflect.StringKind:
			for i := range value.List().Len() {
				value.List().Set(i, protoreflect.ValueOfString(clean(value.List().Get(i).String())))
			}
		case field.IsList() && field.Message() != nil:
			for i := range value.List().Len() {
				repair(value.List().Get(i).Message())
			}
		case field.Kind() == protoreflect.StringKind:
			m.Set(field, protoreflect.ValueOfString(clean(value.String())))
		case field.Message() != nil && !field.IsList():
			repair(value.Message())
		}
		return true
	})
}
