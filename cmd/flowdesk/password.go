package main

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
)

// errNoURL does not repeat the setting, which may hold another password.
var errNoURL = errors.New("there is no URL that the password could belong to")

// withPassword puts the password of a file into a URL. Without a file the URL stays as it is.
func withPassword(address, file string) (string, error) {
	if file == "" {
		return address, nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "", errNoURL
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
