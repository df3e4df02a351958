// Package linear is a small linear classifier over hashed features: several labels at once, one byte per weight. It may import
// only the standard library; training (train.go) is deterministic.
package linear

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// Feature is a hashed feature with its value.
type Feature struct {
	Hash  uint32
	Value float32
}

// Model scores features. It keeps the hash of every feature it knows, so that unknown features add nothing instead of noise.
type Model struct {
	labels int
	scales []float32 // label to what one step of a weight means
	bias   []float32
	mask   uint32
	keys   []uint32 // slot to hash, 0 for free
	at     []uint32 // slot to where its row begins
	rows   []int8   // a row of labels after the other
}

// magic begins an encoded model.
const magic = 0x464c4d31

// Labels is the number of labels.
func (m *Model) Labels() int { return m.labels }

// Size is the number of features known.
func (m *Model) Size() int { return len(m.rows) / m.labels }

// Score adds up the weights of the features into dst, which must have Labels elements.
func (m *Model) Score(features []Feature, dst []float32) {
	clear(dst)
	n := uint32(m.labels)
	for _, f := range features {
		slot := f.Hash & m.mask
		for m.keys[slot] != f.Hash {
			if m.keys[slot] == 0 {
				break
			}
			slot = (slot + 1) & m.mask
		}
		if m.keys[slot] == 0 {
			continue
		}
		row := m.rows[m.at[slot]:][:n]
		for i, w := range row {
			dst[i] += float32(w) * f.Value
		}
	}
	for i := range dst {
		dst[i] = dst[i]*m.scales[i] + m.bias[i]
	}
}

// newModel lays the rows out in an open table at most three quarters full.
func newModel(scales, bias []float32, hashes []uint32, rows []int8) *Model {
	size := uint32(16)
	for 3*int(size) < 4*len(hashes) {
		size *= 2
	}
	m := &Model{labels: len(scales), scales: scales, bias: bias, mask: size - 1, keys: make([]uint32, size), at: make([]uint32, size), rows: rows}
	for i, h := range hashes {
		slot := h & m.mask
		for m.keys[slot] != 0 {
			slot = (slot + 1) & m.mask
		}
		m.keys[slot], m.at[slot] = h, uint32(i*m.labels)
	}
	return m
}

// Decode reads a model written by Encode.
func Decode(data []byte) (*Model, error) {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("open model: %w", err)
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("unpack model: %w", err)
	}
	if len(raw) < 12 || binary.LittleEndian.Uint32(raw) != magic {
		return nil, fmt.Errorf("not a model")
	}
	labels := int(binary.LittleEndian.Uint32(raw[4:]))
	n := int(binary.LittleEndian.Uint32(raw[8:]))
	raw = raw[12:]
	if labels <= 0 || labels > 256 || len(raw) != 8*labels+4*n+n*labels {
		return nil, fmt.Errorf("model of %d labels and %d features has %d bytes", labels, n, len(raw))
	}
	floats := make([]float32, 2*labels)
	for i := range floats {
		floats[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	raw = raw[8*labels:]
	hashes := make([]uint32, n)
	for i := range hashes {
		hashes[i] = binary.LittleEndian.Uint32(raw[4*i:])
	}
	rows := make([]int8, n*labels)
	for i, b := range raw[4*n:] {
		rows[i] = int8(b)
	}
	return newModel(floats[:labels:labels], floats[labels:], hashes, rows), nil
}

// encode writes the parts of a model; the hashes must be in ascending order, so that equal weights give equal bytes.
func encode(scales, bias []float32, hashes []uint32, rows []int8) ([]byte, error) {
	var raw bytes.Buffer
	put := func(v uint32) { raw.Write(binary.LittleEndian.AppendUint32(nil, v)) }
	put(magic)
	put(uint32(len(scales)))
	put(uint32(len(hashes)))
	for _, f := range append(append([]float32{}, scales...), bias...) {
		put(math.Float32bits(f))
	}
	for _, h := range hashes {
		put(h)
	}
	for _, w := range rows {
		raw.WriteByte(byte(w))
	}
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("pack model: %w", err)
	}
	if _, err := z.Write(raw.Bytes()); err != nil {
		return nil, fmt.Errorf("pack model: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("pack model: %w", err)
	}
	return out.Bytes(), nil
}
