/* server/disk.h - files that are there whole or not at all.
 *
 * A file is written under a temporary name, synced, renamed, and its directory synced: whatever happens at any moment,
 * the old content or the new one is there, and once server_disk_write() has returned true the new one stays. */
#ifndef DELAVM_SERVER_DISK_H
#define DELAVM_SERVER_DISK_H

#include "server/buffer.h"

/* Names of temporary files begin with this; server_disk_sweep() removes those that a crash left behind. */
#define SERVER_DISK_TEMPORARY ".new-"

/* For the beginning of main(): a program may be started with some of the descriptors 0 to 2 closed.  The next files and
 * connections would get their numbers, and what is said on stderr would go into them.  Takes those numbers, so that
 * reading and writing there fail as they would.  false: errno says why. */
bool server_disk_standard(void);

/* Makes the directory (not its parents) if it is not there.  false: errno says why. */
bool server_disk_directory(const char *path);

/* Writes `directory`/`name` whole.  false: errno says why, and what was there before still is.  Without `lasting`
 * nothing is synced: the file outlives this process, but perhaps not the machine; for what can be written again. */
bool server_disk_write(const char *directory, const char *name, struct vm_bytes content, bool lasting);

/* Makes a file lasting that may not be. */
bool server_disk_sync(const char *directory, const char *name);

/* Reads a whole file of at most `most` bytes.  false: errno says why (EFBIG: larger; ENOMEM). */
bool server_disk_read(const char *directory, const char *name, size_t most, struct server_buffer *content);

/* Removes a file and syncs the directory.  false: errno says why. */
bool server_disk_remove(const char *directory, const char *name);

/* Removes temporary files.  false: the directory can't be read. */
bool server_disk_sweep(const char *directory);

/* Takes the lock of a directory (a file "lock" in it); it ends with the process.  Returns a descriptor, or -1: errno is
 * EAGAIN or EACCES if another process holds it. */
int server_disk_lock(const char *directory);

#endif
