/* What lies beside the program: manifests of the packs that can be installed, and the installer. */
#ifndef CLI_SHARE_H
#define CLI_SHARE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/file.h"

#define DEFAULT_PACK "mobile"

/* The program's own file. */
bool share_program(char *path, size_t size);
/* VULTUS_SHARE, or share/vultus beside the folder of the program, and what is in it. */
bool share_path(const char *name, char *path, size_t size);
/* The manifest of a pack that can be installed; false when there is none of this name. */
bool share_manifest(const char *pack, char *path, size_t size);
/* The manifests of all of them, by name. */
vultus_status share_manifests(struct file_list *out, vultus_error *error) VULTUS_MUST_USE;

/* Runs a program of PATH with these arguments, its output on standard error; the child shares the
 * terminal and so its signals. Returns its exit code, 127 when it cannot be run, 128 + a signal. */
int share_run(char *const arguments[]);
/* True when PATH has a program of this name. */
bool share_has_program(const char *name);

#endif
