package rig

import "syscall"

// orphanless lets a server end with this process, whatever ends it.
func orphanless() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
