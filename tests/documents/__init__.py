"""Documents whose commands are executed: each shown output is compared with a real one."""
