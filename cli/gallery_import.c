/*
 * vultus gallery import: the lines of an export into a gallery, in batches, each of which is on the disk
 * as a whole or not at all. A line that cannot be used is named and left out; what is there already is
 * left alone, so an import that was interrupted is run again.
 */
#define _GNU_SOURCE /* fileno */
#include "gallery_import.h"
#include "base/file.h"
#include "base/memory.h"
#include "cli_session.h"
#include "command.h"
#include "console.h"
#include "npz_rows.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int add_line(struct import *import, const char *line, size_t size, size_t number)
{
    vultus_error error = {0};
    size_t at = import->count;
    vultus_status status =
        vultus_row_read(line, size, &import->names[at], &import->records[at], &error);
    if (status == VULTUS_ERR_MEMORY)
        return fail(&error);
    if (status && strstr(line, "\"event\":"))
        return import_event(import, line, size, number);
    if (status && strstr(line, "\"person\""))
        return import_person(import, line, size, number);
    if (status) {
        import_complain(import, "line", number, error.message);
        return EXIT_DONE;
    }
    return import_next(import);
}

/* All lines of at most VULTUS_ROW_MAX bytes; a longer one ends the reading. */
static int read_lines(struct import *import, FILE *file, char *line)
{
    int code = EXIT_DONE;
    struct stat info;
    size_t done = 0;
    if (!fstat(fileno(file), &info) && S_ISREG(info.st_mode) && info.st_size)
        progress_begin("KiB read", (size_t)info.st_size / 1024);
    for (size_t number = 1; !code && fgets(line, (int)VULTUS_ROW_MAX, file); number++) {
        size_t length = strlen(line);
        if (length == VULTUS_ROW_MAX - 1 && line[length - 1] != '\n') {
            complain("%s: line %zu is longer than any face; not an export", import->path, number);
            code = EXIT_INPUTS;
        } else if (line[0] != '\n') {
            code = add_line(import, line, length, number);
        }
        progress_step((done += length) / 1024);
        if (!code && interrupted())
            code = interrupted();
    }
    progress_end();
    if (!code && ferror(file)) {
        complain("%s: %s", import->path, strerror(errno));
        code = EXIT_INPUTS;
    }
    return import_end(import, "line", code);
}

int gallery_import(const struct options *options)
{
    struct session session = {.options = options};
    const char *path = options->operands[0];
    bool standard = !strcmp(path, "-"), arrays = file_has_ending(path, ".npz");
    struct import *import = mem_zalloc(1, sizeof *import);
    char *line = mem_alloc(VULTUS_ROW_MAX);
    if (!import || !line) {
        mem_free(import);
        mem_free(line);
        complain("not enough memory");
        return EXIT_ENVIRONMENT;
    }
    FILE *file = standard ? stdin : arrays ? NULL : fopen(path, "re");
    int code = EXIT_DONE;
    if (!file && !arrays) {
        complain("%s: %s", path, strerror(errno));
        code = EXIT_INPUTS;
    }
    if (!code)
        code = session_open_gallery(&session, GALLERY_MAKE);
    interrupts_watch();
    if (!code) {
        import->gallery = session.gallery;
        import->path = standard ? "standard input" : path;
        code = arrays ? import_npz(import) : read_lines(import, file, line);
        say("imported %zu faces, %zu people are new, %zu faces were there already",
            import->sum.added, import->sum.new_people, import->sum.duplicates);
        if (import->known.facts)
            say("%zu facts and refused pictures are new", import->known.facts);
        if (import->new_events)
            say("%zu events are new", import->new_events);
    }
    if (file && !standard)
        fclose(file);
    mem_free(import);
    mem_free_wiped(line, VULTUS_ROW_MAX);
    session_close(&session);
    return code;
}
