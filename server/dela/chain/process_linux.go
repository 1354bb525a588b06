package chain

import (
	"os/exec"
	"syscall"
)

// dieWithParent ends the program when this one is killed, and keeps the
// terminal's Ctrl-C from it: it is this program that ends it.
func dieWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}
