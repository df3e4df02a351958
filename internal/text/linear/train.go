package linear

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Head is a group of labels that are decided together: exactly one of several, or yes or no for a single one.
type Head struct {
	First, Count int
}

// Example is one text: its features and, per head, the index of the right label (for a single label 1 or 0), or -1 when unknown.
type Example struct {
	Features []Feature
	Gold     []int8
	Weight   float32
}

// Settings are the knobs of Train.
type Settings struct {
	Epochs int
	Rate   float64 // step size of Adagrad
	Decay  float64 // L2 pull towards zero, per step that touches a weight
	Seen   int     // features of fewer examples are left out
	Keep   float64 // features whose largest weight is below this are left out of the encoded model
	Drop   float64 // share of features hidden at random in each step, so that no single one is relied upon
	Seed   uint64
	Runs   int // trainings with an order and a hiding of their own, of which the mean is taken; 0 means one
}

// Train learns a model and returns its encoded form. Equal input gives equal bytes.
func Train(examples []Example, heads []Head, s Settings) ([]byte, error) {
	labels := 0
	for _, h := range heads {
		labels = max(labels, h.First+h.Count)
	}
	index, hashes := vocabulary(examples, s.Seen)
	rows := make([][]int32, len(examples))
	for i, e := range examples {
		for _, f := range e.Features {
			row, ok := index[f.Hash]
			if !ok {
				row = -1
			}
			rows[i] = append(rows[i], row)
		}
	}
	runs := max(s.Runs, 1)
	mean := newTrainer(labels, len(hashes), heads, s)
	for run := range runs {
		t := newTrainer(labels, len(hashes), heads, s)
		t.run(examples, rows, rand.New(rand.NewPCG(s.Seed, uint64(run)+1)))
		mean.add(t, 1/float64(runs))
	}
	return mean.encode(hashes)
}

func newTrainer(labels, features int, heads []Head, s Settings) *trainer {
	return &trainer{
		labels: labels, heads: heads, set: s, weights: make([]float64, features*labels), grads: make([]float64, features*labels),
		bias: make([]float64, labels), biasGrads: make([]float64, labels),
	}
}

// run goes through the examples in a new order in each epoch.
func (t *trainer) run(examples []Example, rows [][]int32, rnd *rand.Rand) {
	order := make([]int, len(examples))
	for i := range order {
		order[i] = i
	}
	for epoch := range t.set.Epochs {
		rnd.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		t.rate = t.set.Rate / (1 + float64(epoch)*0.3)
		for _, i := range order {
			t.step(&examples[i], rows[i], rnd)
		}
	}
}

// add adds the weights of another trainer, times share.
func (t *trainer) add(other *trainer, share float64) {
	for i, w := range other.weights {
		t.weights[i] += w * share
	}
	for i, b := range other.bias {
		t.bias[i] += b * share
	}
}

// vocabulary numbers the features seen often enough, in order of their hash.
func vocabulary(examples []Example, least int) (map[uint32]int32, []uint32) {
	count := map[uint32]int{}
	for _, e := range examples {
		for _, f := range e.Features {
			count[f.Hash]++
		}
	}
	var hashes []uint32
	for h, n := range count {
		if n >= least && h != 0 {
			hashes = append(hashes, h)
		}
	}
	slices.Sort(hashes)
	index := make(map[uint32]int32, len(hashes))
	for i, h := range hashes {
		index[h] = int32(i)
	}
	return index, hashes
}

// trainer holds the weights under way.
type trainer struct {
	labels          int
	heads           []Head
	set             Settings
	rate            float64
	weights, grads  []float64
	bias, biasGrads []float64
}

// step moves the weights along the gradient of one example.
func (t *trainer) step(e *Example, rows []int32, rnd *rand.Rand) {
	score := append([]float64{}, t.bias...)
	used := make([]int32, len(rows))
	grow := 1 / (1 - t.set.Drop)
	for i, row := range rows {
		used[i] = row
		if row < 0 || t.set.Drop > 0 && rnd.Float64() < t.set.Drop {
			used[i] = -1
			continue
		}
		v := float64(e.Features[i].Value) * grow
		for l := range t.labels {
			score[l] += t.weights[int(row)*t.labels+l] * v
		}
	}
	delta := t.deltas(score, e)
	for i, row := range used {
		if row < 0 {
			continue
		}
		v := float64(e.Features[i].Value) * grow
		for l, d := range delta {
			if d == 0 {
				continue
			}
			at := int(row)*t.labels + l
			g := d*v + t.set.Decay*t.weights[at]
			t.grads[at] += g * g
			t.weights[at] -= t.rate * g / (math.Sqrt(t.grads[at]) + 1e-3)
		}
	}
	for l, d := range delta {
		if d != 0 {
			t.biasGrads[l] += d * d
			t.bias[l] -= t.rate * d / (math.Sqrt(t.biasGrads[l]) + 1)
		}
	}
}

// deltas is the gradient of the loss by the scores: softmax for several labels, logistic for one.
func (t *trainer) deltas(score []float64, e *Example) []float64 {
	delta := make([]float64, t.labels)
	for h, head := range t.heads {
		gold := int(e.Gold[h])
		if gold < 0 {
			continue
		}
		if head.Count == 1 {
			delta[head.First] = (1/(1+math.Exp(-score[head.First])) - float64(gold)) * float64(e.Weight)
			continue
		}
		part := score[head.First : head.First+head.Count]
		top, sum := slices.Max(part), 0.0
		for _, s := range part {
			sum += math.Exp(s - top)
		}
		for l, s := range part {
			d := math.Exp(s-top) / sum
			if l == gold {
				d--
			}
			delta[head.First+l] = d * float64(e.Weight)
		}
	}
	return delta
}

// encode rounds the weights to one byte each and writes the features that matter.
func (t *trainer) encode(hashes []uint32) ([]byte, error) {
	scales := make([]float32, t.labels)
	bias := make([]float32, t.labels)
	for l := range scales {
		most := 1e-6
		for i := range hashes {
			most = max(most, math.Abs(t.weights[i*t.labels+l]))
		}
		scales[l] = float32(most / 127)
		bias[l] = float32(t.bias[l])
	}
	var kept []uint32
	var rows []int8
	for i, h := range hashes {
		row := t.weights[i*t.labels : (i+1)*t.labels]
		most := 0.0
		for _, w := range row {
			most = max(most, math.Abs(w))
		}
		if most < t.set.Keep {
			continue
		}
		kept = append(kept, h)
		for l, w := range row {
			rows = append(rows, int8(math.Round(w/float64(scales[l]))))
		}
	}
	return encode(scales, bias, kept, rows)
}
