/*
 * Finds share/vultus from where the program lies, so that an installed tree, an unpacked archive
 * and the build folder all work; starts other programs without a shell between.
 */
#define _GNU_SOURCE
#include "share.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

bool share_program(char *path, size_t size)
{
    ssize_t length = readlink("/proc/self/exe", path, size);
    if (length <= 0 || (size_t)length >= size)
        return false;
    path[length] = '\0';
    return true;
}

bool share_path(const char *name, char *path, size_t size)
{
    char program[FILE_PATH_MAX];
    const char *share = getenv("VULTUS_SHARE");
    if (share && *share)
        return !file_join(path, size, share, name, NULL);
    if (!share_program(program, sizeof program))
        return false;
    char *slash = strrchr(program, '/');
    *slash = '\0';
    slash = strrchr(program, '/');
    if (!slash)
        return false;
    *slash = '\0';
    int length = snprintf(path, size, "%s/share/vultus/%s", program, name);
    return length > 0 && (size_t)length < size;
}

bool share_manifest(const char *pack, char *path, size_t size)
{
    char folder[FILE_PATH_MAX];
    if (strchr(pack, '/') || pack[0] == '.' || !share_path("models", folder, sizeof folder))
        return false;
    int length = snprintf(path, size, "%s/%s/pack.json", folder, pack);
    return length > 0 && (size_t)length < size && file_exists(path);
}

vultus_status share_manifests(struct file_list *out, vultus_error *error)
{
    char path[FILE_PATH_MAX];
    struct file_list folders = {0};
    *out = (struct file_list){0};
    if (!share_path("models", path, sizeof path) || !file_is_folder(path))
        return VULTUS_OK;
    vultus_status status = file_list_folder(path, FILE_LIST_FOLDERS, &folders, error);
    for (size_t i = 0; !status && i < folders.count; i++)
        if (share_manifest(file_name(folders.items[i]), path, sizeof path))
            status = file_list_add(out, path, error);
    file_list_clear(&folders);
    if (status)
        file_list_clear(out);
    return status;
}

int share_run(char *const arguments[])
{
    int status = 0;
    pid_t child = fork();
    if (child < 0)
        return 127;
    if (!child) {
        signal(SIGPIPE, SIG_DFL);
        dup2(STDERR_FILENO, STDOUT_FILENO);
        execvp(arguments[0], arguments);
        _exit(127);
    }
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return 127;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool share_has_program(const char *name)
{
    const char *at = getenv("PATH");
    if (!at)
        return false;
    for (bool last = false; !last;) {
        char path[FILE_PATH_MAX];
        struct stat info;
        size_t length = strcspn(at, ":");
        int total = snprintf(path, sizeof path, "%.*s/%s", (int)length, at, name);
        last = !at[length];
        at += length + !last;
        if (total > 0 && (size_t)total < sizeof path && !access(path, X_OK) && !stat(path, &info) &&
            S_ISREG(info.st_mode))
            return true;
    }
    return false;
}
