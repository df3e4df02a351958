package turntest

import (
	"fmt"
	"maps"
	"slices"

	"github.com/flowdesk/flowdesk/engine"
)

// Missing names the node types and ports of a catalog that no case reaches, by what the scripts of the types reached. The ports are those
// of the types' descriptors; a type whose ports come from its config needs a case of one of those too. Types without behaviour need none.
func Missing(catalog *engine.Catalog, reached map[engine.Kind]map[engine.Port]int) []string {
	var missing []string
	for _, t := range catalog.Types() {
		if t.Planned() {
			continue
		}
		ports, ok := reached[t.Kind]
		if !ok {
			missing = append(missing, fmt.Sprintf("%s has no script", t.Kind))
			continue
		}
		fixed := map[engine.Port]bool{engine.Failed: true, engine.Ended: true}
		for _, p := range t.Spec.GetPorts() {
			fixed[engine.Port(p.GetName())] = true
			if ports[engine.Port(p.GetName())] == 0 {
				missing = append(missing, fmt.Sprintf("%s: no case takes port %s", t.Kind, p.GetName()))
			}
		}
		own := func(p engine.Port) bool { return !fixed[p] }
		if t.Spec.GetDynamicPorts() && !slices.ContainsFunc(slices.Collect(maps.Keys(ports)), own) {
			missing = append(missing, fmt.Sprintf("%s: no case takes a port of its config", t.Kind))
		}
	}
	for kind := range reached {
		if catalog.Type(kind) == nil {
			missing = append(missing, fmt.Sprintf("%s has a script and is no node type", kind))
		}
	}
	slices.Sort(missing)
	return missing
}
