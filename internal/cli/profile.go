package cli

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// profileCommand keeps profiles. Its verbs ask no server.
type profileCommand struct {
	List   profileList   `cmd:"" help:"List profiles." eg:"profile list\nprofile list --json"`
	Set    profileSet    `cmd:"" aliases:"add" help:"Create or change a profile." eg:"profile set prod --server https://desk.example.com --token-file token.txt --production\nprofile set local --server 127.0.0.1:9090 --console http://127.0.0.1:8080"`
	Use    profileUse    `cmd:"" help:"Use a profile from now on." eg:"profile use prod\nprofile use local"`
	Delete profileDelete `cmd:"" help:"Forget a profile." eg:"profile delete old\nprofile delete test"`
}

type profileList struct {
	JSON   bool   `name:"json" help:"The same as -o json. Tokens are not shown."`
	Output string `short:"o" enum:"table,json,jsonl,yaml" default:"table" help:"Form of the result: table, json, jsonl or yaml."`
}

// shownProfile is a profile without its token.
type shownProfile struct {
	Name       string `json:"name"`
	Used       bool   `json:"used"`
	Server     string `json:"server"`
	Console    string `json:"console,omitempty"`
	Token      bool   `json:"token"`
	Zone       string `json:"zone,omitempty"`
	Production bool   `json:"production,omitempty"`
}

// Run implements the command.
func (c *profileList) Run(sh *Shell) error {
	all, err := sh.sys.readProfiles()
	if err != nil {
		return err
	}
	shown := []shownProfile{}
	var rows [][]string
	for _, name := range sh.profileNames() {
		p := all.Profiles[name]
		shown = append(shown, shownProfile{name, name == all.Use, cmp.Or(p.Server, defaultServer), p.Console, p.Token != "", p.Zone, p.Production})
		rows = append(rows, []string{
			name, sh.yes(name == all.Use), cmp.Or(p.Server, defaultServer), p.Console, sh.yes(p.Token != ""), p.Zone, sh.yes(p.Production),
		})
	}
	if sh.remote.Output = c.Output; c.JSON {
		sh.remote.Output = "json"
	}
	if sh.forPrograms() {
		data, err := json.Marshal(shown)
		if err != nil {
			return err
		}
		return sh.emitJSON(data)
	}
	if len(rows) == 0 {
		sh.notice("there are no profiles; flowdesk profile set NAME makes one")
		return nil
	}
	titles := []string{
		sh.say("PROFILE"), sh.say("IN USE"), sh.say("SERVER"), sh.say("CONSOLE"), sh.say("TOKEN"), sh.say("ZONE"), sh.say("PRODUCTION"),
	}
	return sh.write(table(titles, rows, sh.sys.Width))
}

// profileNames are the names of all profiles, in order; none when the file cannot be read.
func (sh *Shell) profileNames() []string {
	all, err := sh.sys.readProfiles()
	if err != nil {
		return nil
	}
	var names []string
	for name := range all.Profiles {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

type profileSet struct {
	Name       string  `arg:"" help:"Name of the profile."`
	Server     *string `placeholder:"ADDRESS" help:"gRPC address of the server, https:// in front for TLS."`
	Console    *string `placeholder:"ADDRESS" help:"HTTP address of the server: console, REST API, callbacks."`
	TokenFile  string  `placeholder:"FILE" predictor:"file" help:"File with the token; - reads standard input. It is kept in the profile, which only you can read."`
	NoToken    bool    `help:"Forget the token."`
	Zone       *string `placeholder:"ZONE" help:"Zone of times for people, such as Asia/Shanghai."`
	Production *bool   `negatable:"" help:"Ask for the profile's name before many things are changed at once."`
}

// Run implements the command.
func (c *profileSet) Run(sh *Shell) error {
	all, err := sh.sys.readProfiles()
	if err != nil {
		return err
	}
	p := all.Profiles[c.Name]
	for from, into := range map[**string]*string{&c.Server: &p.Server, &c.Console: &p.Console, &c.Zone: &p.Zone} {
		if *from != nil {
			*into = **from
		}
	}
	if _, err := time.LoadLocation(p.Zone); err != nil {
		return sh.usage("there is no zone %s; write one such as Asia/Shanghai", p.Zone)
	}
	if c.Production != nil {
		p.Production = *c.Production
	}
	if c.NoToken {
		p.Token = ""
	}
	if c.TokenFile != "" {
		data, err := sh.read(c.TokenFile)
		if err != nil {
			return err
		}
		if p.Token = strings.TrimSpace(string(data)); p.Token == "" {
			return sh.invalid("%s holds no token", c.TokenFile)
		}
	}
	all.Profiles[c.Name] = p
	if all.Use == "" {
		all.Use = c.Name
	}
	if err := sh.sys.writeProfiles(all); err != nil {
		return err
	}
	sh.print("profile %s: kept", c.Name)
	if server := cmp.Or(p.Server, defaultServer); p.Console == "" && server != defaultServer {
		sh.notice("its console is taken to be at %s; --console names another", consoleOf(server))
	}
	return nil
}

type profileUse struct {
	Name string `arg:"" predictor:"profile" help:"Name of the profile."`
}

// Run implements the command.
func (c *profileUse) Run(sh *Shell) error {
	all, err := sh.sys.readProfiles()
	if err != nil {
		return err
	}
	if _, known := all.Profiles[c.Name]; !known {
		return &failure{code: ExitNotFound, text: sh.say("there is no profile %s; flowdesk profile list shows what there is", c.Name)}
	}
	all.Use = c.Name
	if err := sh.sys.writeProfiles(all); err != nil {
		return err
	}
	sh.print("profile %s: in use", c.Name)
	return nil
}

type profileDelete struct {
	Name string `arg:"" predictor:"profile" help:"Name of the profile."`
}

// Run implements the command.
func (c *profileDelete) Run(sh *Shell) error {
	all, err := sh.sys.readProfiles()
	if err != nil {
		return err
	}
	if _, known := all.Profiles[c.Name]; !known {
		return &failure{code: ExitNotFound, text: sh.say("there is no profile %s; flowdesk profile list shows what there is", c.Name)}
	}
	delete(all.Profiles, c.Name)
	if all.Use == c.Name {
		all.Use = ""
	}
	if err := sh.sys.writeProfiles(all); err != nil {
		return err
	}
	sh.print("profile %s: forgotten", c.Name)
	return nil
}
