package outside

import (
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/flowdesk/flowdesk/internal/connectors/models"
	"github.com/flowdesk/flowdesk/internal/connectors/secret"
)

// Without is the configuration without what needs a sealed secret that is not there: its providers, its channels, and the headers with it. A use
// that is left without providers goes the way of uses that are not named. It gives the ids of those secrets, too.
func (c *Config) Without(there func(id string) bool) (Config, []string) {
	own := *c
	missing := make(map[string]bool)
	lacks := func(fields ...secret.String) (lacks bool) {
		for _, field := range fields {
			os.Expand(field.Reveal(), func(name string) string {
				if id, sealed := strings.CutPrefix(name, sealedPrefix); sealed && !there(id) {
					missing[id], lacks = true, true
				}
				return ""
			})
		}
		return lacks
	}
	gone := make(map[string]bool)
	own.Models.Providers = slices.DeleteFunc(slices.Clone(c.Models.Providers), func(p Provider) bool {
		if lacks(p.Key) {
			gone[p.called()] = true
			return true
		}
		return false
	})
	own.Channels = slices.DeleteFunc(slices.Clone(c.Channels), func(ch Channel) bool { return lacks(ch.Address, ch.Secret) })
	own.HTTP.Headers = slices.DeleteFunc(slices.Clone(c.HTTP.Headers), func(h Header) bool { return lacks(h.Value) })
	left := func(u models.Use) models.Use {
		u.Providers = slices.DeleteFunc(slices.Clone(u.Providers), func(name string) bool { return gone[name] })
		return u
	}
	own.Models.Default, own.Models.Uses = left(c.Models.Default), maps.Clone(c.Models.Uses)
	for name, use := range c.Models.Uses {
		if own.Models.Uses[name] = left(use); len(use.Providers) > 0 && len(own.Models.Uses[name].Providers) == 0 {
			delete(own.Models.Uses, name)
		}
	}
	return own, slices.Sorted(maps.Keys(missing))
}

// called is the name of a provider.
func (p *Provider) called() string {
	switch {
	case p.Name != "":
		return p.Name
	case p.Preset != "":
		return p.Preset
	default:
		return "generic"
	}
}
