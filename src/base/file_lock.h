/* A lock between processes: one at a time changes what the lock stands for. */
#ifndef BASE_FILE_LOCK_H
#define BASE_FILE_LOCK_H

#include "base/status.h"

/* Takes the lock of `path`, which is a file of its own beside it (PATH.lock); -1 in `out` means none. BUSY:
 * another process, or another holder in this one, has it. IO. */
vultus_status file_lock(const char *path, int *out, vultus_error *error) VULTUS_MUST_USE;
void file_unlock(int lock);

#endif
