/* See sdl_library.h. The library stays once it was loaded: those that it loads itself do not like to go. */
#define _GNU_SOURCE
#include "video/sdl_library.h"

#include <dlfcn.h>
#include <pthread.h>

#define LIBRARY "libSDL2-2.0.so.0"

static struct sdl loaded;
static bool all_there;
static pthread_once_t once = PTHREAD_ONCE_INIT;

#define SDL_NAME(function) {#function, (void **)&loaded.function},

static const struct {
    const char *name;
    void **place;
} slots[] = {SDL_FUNCTIONS(SDL_NAME)};

static void load(void)
{
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return;
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++) {
        *slots[i].place = dlsym(library, slots[i].name);
        if (!*slots[i].place)
            return;
    }
    all_there = true;
}

const struct sdl *sdl_load(vultus_error *error)
{
    pthread_once(&once, load);
    if (all_there)
        return &loaded;
    (void)status_set(error, VULTUS_ERR_NOT_FOUND,
                     "a window needs SDL2; install the package that has %s (Debian: apt-get "
                     "install libsdl2-2.0-0)",
                     LIBRARY);
    return NULL;
}
