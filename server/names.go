package server

import (
	"strconv"
	"strings"
)

func itoa(n int32) string { return strconv.Itoa(int(n)) }

// versionName reads flows/{flow}/versions/{version}.
func versionName(name string) (string, int32, error) {
	parts := strings.Split(name, "/")
	if len(parts) == 4 && parts[0] == "flows" && parts[2] == "versions" {
		if n, err := strconv.ParseInt(parts[3], 10, 32); err == nil {
			return parts[1], int32(n), nil
		}
	}
	return "", 0, invalidField("name", "it has the form flows/{flow}/versions/{version}")
}
