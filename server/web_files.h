/* The files of web/, as bytes; made when the program is built. */
#ifndef SERVER_WEB_FILES_H
#define SERVER_WEB_FILES_H

#include <stddef.h>

struct web_file {
    const char *name, *type;
    const char *hash; /* of the content */
    const unsigned char *plain;
    size_t plain_size;
    const unsigned char *packed; /* by gzip */
    size_t packed_size;
};

extern const struct web_file web_files[];
extern const size_t web_file_count;

#endif
