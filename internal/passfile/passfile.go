// Package passfile puts passwords from files into URLs, since others may see the arguments and the environment of a process.
package passfile

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
)

// ErrNoURL is a setting that is no URL. It does not repeat the setting, which may hold another password.
var ErrNoURL = errors.New("there is no URL that the password could belong to")

// Into puts the password of a file into a URL. Without a file the URL stays as it is.
func Into(address, file string) (string, error) {
	if file == "" {
		return address, nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "", ErrNoURL
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	password := strings.TrimRight(string(data), "\r\n")
	if password == "" {
		return "", fmt.Errorf("%s is empty", file)
	}
	u.User = url.UserPassword(u.User.Username(), password)
	return u.String(), nil
}
