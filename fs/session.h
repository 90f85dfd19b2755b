/* The libfuse session of a mount, from the options to the unmount. */
#ifndef TESSERAFS_SESSION_H
#define TESSERAFS_SESSION_H

#include "core/tree/tree.h"
#include "fs/daemon.h"
#include "mountopts/mountopts.h"

/* Mounts on options->mountpoint (real and absolute), and serves until the mount is
 * unmounted or a signal ends it; returns the exit status.  daemon_ready() is called once
 * the kernel and we have agreed on the protocol. */
int session_run(const struct options *options, const struct mount_spec *spec,
                struct tree *tree, struct daemon *daemon);

#endif
