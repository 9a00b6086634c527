/* Places of files for tests; see support.h. */
#define _GNU_SOURCE
#include "support.h"

#include <ftw.h>
#include <unistd.h>

static char *next_path(void)
{
    static char paths[8][4096];
    static unsigned next;
    return paths[next++ % 8];
}

const char *support_join(const char *folder, const char *name)
{
    char *path = next_path();
    if (snprintf(path, 4096, "%s/%s", folder, name) >= 4096)
        fail_msg("%s/%s: too long", folder, name);
    return path;
}

const char *support_source(const char *path)
{
    const char *root = getenv("VULTUS_SOURCE");
    return support_join(root ? root : ".", path);
}

const char *support_data(const char *path)
{
    const char *root = getenv("VULTUS_TEST_DATA");
    if (!root)
        return NULL;
    const char *full = support_join(root, path);
    return access(full, R_OK) ? NULL : full;
}

static char folder[64];

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info, (void)kind, (void)where;
    return remove(path);
}

static void remove_folder(void)
{
    nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

const char *support_folder(void)
{
    if (!folder[0]) {
        (void)snprintf(folder, sizeof folder, "%s", "/tmp/vultus-test-XXXXXX");
        if (!mkdtemp(folder))
            fail_msg("no temporary folder");
        atexit(remove_folder);
    }
    return folder;
}
