package bench

import "syscall"

// orphanless lets the server end with this process, whatever ends it.
func orphanless() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
