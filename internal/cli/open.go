package cli

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

type openCommand struct {
	Remote

	Page  string `arg:"" optional:"" predictor:"page" help:"Page, such as flows, tasks or wall, or a thing: flow, instance, session, message, task, alert, command, robot. The overview by default."`
	ID    string `arg:"" optional:"" help:"Id of the thing."`
	Print bool   `help:"Print the address and open nothing."`
}

// pages are the console's pages by what they are called here; %s is the id of a thing.
var pages = map[string]string{
	"": "/", "overview": "/", "wall": "/wall", "sessions": "/sessions", "tasks": "/tasks", "alerts": "/alerts", "flows": "/flows",
	"instances": "/instances", "runs": "/instances", "commands": "/commands", "simulator": "/simulator", "robots": "/robots",
	"groups": "/groups", "people": "/people", "analytics": "/analytics", "ai": "/ai", "settings": "/settings",
	"flow": "/flows/%s/edit", "versions": "/flows/%s/versions", "instance": "/instances/%s", "run": "/instances/%s", "session": "/sessions/%s",
	"message": "/messages/%s",
	"task":    "/tasks?open=%s", "alert": "/alerts?open=%s", "command": "/commands?open=%s", "robot": "/robots?open=%s",
}

// pageNames are the pages that can be named.
func pageNames() []string {
	var names []string
	for name := range pages {
		if name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Run implements the command.
func (c *openCommand) Run(ctx context.Context, sh *Shell) error {
	path, known := pages[c.Page]
	if !known {
		return sh.usage("there is no page %s; there are %s", c.Page, strings.Join(pageNames(), ", "))
	}
	switch needs := strings.Contains(path, "%s"); {
	case needs && c.ID == "":
		return sh.usage("open %s needs an id", c.Page)
	case needs:
		path = fmt.Sprintf(path, url.QueryEscape(short(c.ID)))
	case c.ID != "":
		return sh.usage("the page %s takes no id", c.Page)
	}
	address := strings.TrimSuffix(sh.console(), "/") + path
	if err := sh.write(address + "\n"); err != nil || c.Print || !sh.sys.OutTerminal {
		return err
	}
	if err := sh.sys.Browse(ctx, address); err != nil {
		sh.notice("no browser could be opened here; open the address yourself")
	}
	return nil
}
