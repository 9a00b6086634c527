/* Addresses of sources: what they begin with, and how they are shown. */
#ifndef VIDEO_SOURCE_ADDRESS_H
#define VIDEO_SOURCE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

/* True for "name:..." in any case. */
bool address_has_scheme(const char *address, const char *scheme);
/* True for "rtsp://", "http://" and the like: for what is no file. */
bool address_is_remote(const char *address);
/* True for what may go away and come back: all that is remote, and cameras of this machine. */
bool address_is_live(const char *address);
/* "camera:N" or "/dev/video...". */
bool address_is_camera(const char *address);
/* The address without user, password and query, which may hold a key; at most size - 1 bytes, the end of a
 * longer one. Control characters become '?'. */
void address_show(const char *address, char *out, size_t size);

#endif
