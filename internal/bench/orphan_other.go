//go:build !linux

package bench

import "syscall"

func orphanless() *syscall.SysProcAttr { return &syscall.SysProcAttr{} }
