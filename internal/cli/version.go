package cli

import (
	"encoding/json"
	"runtime"
	"runtime/debug"
)

type versionCommand struct {
	Remote
}

// build is what is known of this program.
type build struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Modified bool   `json:"modified,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// Run implements the command.
func (c *versionCommand) Run(sh *Shell) error {
	b := build{Version: "unknown", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok {
		b.Version = info.Main.Version
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				b.Revision = s.Value
			case "vcs.modified":
				b.Modified = s.Value == "true"
			}
		}
	}
	if sh.forPrograms() {
		data, err := json.Marshal(b)
		if err != nil {
			return err
		}
		return sh.emitJSON(data)
	}
	text := "flowdesk " + b.Version
	if b.Revision != "" {
		text += " (" + b.Revision[:min(12, len(b.Revision))] + ")"
	}
	return sh.write(text + " " + b.Go + " " + b.Platform + "\n")
}
