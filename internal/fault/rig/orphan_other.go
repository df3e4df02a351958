//go:build !linux

package rig

import "syscall"

func orphanless() *syscall.SysProcAttr { return nil }
