/* A small disk; see disk.h. */
#define _GNU_SOURCE /* unshare */
#include "disk.h"
#include "support.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[4200];

static bool write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd >= 0)
        close(fd);
    return good;
}

/* Mounts of this program are nobody else's. Who is not root is it in a name space of users. */
static bool have_own_mounts(void)
{
    char user[64], group[64];
    snprintf(user, sizeof user, "%u %u 1", (unsigned)geteuid(), (unsigned)geteuid());
    snprintf(group, sizeof group, "%u %u 1", (unsigned)getegid(), (unsigned)getegid());
    if (unshare(CLONE_NEWNS) &&
        (unshare(CLONE_NEWUSER | CLONE_NEWNS) || !write_text("/proc/self/setgroups", "deny") ||
         !write_text("/proc/self/uid_map", user) || !write_text("/proc/self/gid_map", group)))
        return false;
    return !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

static bool mount_disk(size_t size, unsigned long flags)
{
    char how[64];
    snprintf(how, sizeof how, "size=%zu,mode=0700", size);
    return !mount("tmpfs", folder, "tmpfs", flags, how);
}

const char *disk_make(size_t size)
{
    snprintf(folder, sizeof folder, "%s", support_join(support_folder(), "disk"));
    if (!mkdir(folder, 0700) && have_own_mounts() && mount_disk(size, 0))
        return folder;
    fprintf(stderr, "SKIPPED: this user may not have a disk of its own\n");
    return NULL;
}

bool disk_remake(size_t size, bool read_only)
{
    return mount_disk(size, MS_REMOUNT | (read_only ? MS_RDONLY : 0));
}

void disk_drop(void)
{
    umount2(folder, MNT_DETACH);
}

void disk_fill(const char *name, size_t leave)
{
    static const char zeros[4096];
    int fd = open(support_join(folder, name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    size_t size = 0;
    while (write(fd, zeros, sizeof zeros) == sizeof zeros)
        size += sizeof zeros;
    assert_false(ftruncate(fd, size > leave ? (off_t)(size - leave) : 0));
    close(fd);
}

void disk_empty(const char *name)
{
    assert_false(unlink(support_join(folder, name)));
}
