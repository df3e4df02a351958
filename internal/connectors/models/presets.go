package models

import (
	"bytes"
	_ "embed"
	"fmt"
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"
)

//go:embed presets.yaml
var presetData []byte

// Presets returns what is known of each provider, by name. A preset becomes a provider when it is given a key and a model
// id, and for generic a base.
func Presets() (map[string]Provider, error) {
	out := map[string]Provider{}
	dec := yaml.NewDecoder(bytes.NewReader(presetData))
	dec.KnownFields(true)
	if err := dec.Decode(&out); err != nil {
		return nil, fmt.Errorf("read presets: %w", err)
	}
	for name, p := range out {
		p.Name = name
		out[name] = p
	}
	return out, nil
}

// Preset returns one of them.
func Preset(name string) (Provider, error) {
	all, err := Presets()
	if err != nil {
		return Provider{}, err
	}
	p, ok := all[name]
	if !ok {
		return Provider{}, fmt.Errorf("no preset %q, there are %v", name, slices.Sorted(maps.Keys(all)))
	}
	return p, nil
}
