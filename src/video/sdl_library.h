/*
 * SDL2, loaded when the first window is opened: linking it would bring the libraries of X11, Wayland and sound into
 * every process. Its header is included here and nowhere else.
 */
#ifndef VIDEO_SDL_LIBRARY_H
#define VIDEO_SDL_LIBRARY_H

#include "base/status.h"

#include <SDL.h>

#define SDL_FUNCTIONS(X)                                                                           \
    X(SDL_CreateRenderer)                                                                          \
    X(SDL_CreateTexture)                                                                           \
    X(SDL_CreateWindow)                                                                            \
    X(SDL_DestroyRenderer)                                                                         \
    X(SDL_DestroyTexture)                                                                          \
    X(SDL_DestroyWindow)                                                                           \
    X(SDL_GetDisplayUsableBounds)                                                                  \
    X(SDL_GetError)                                                                                \
    X(SDL_GetRendererOutputSize)                                                                   \
    X(SDL_InitSubSystem)                                                                           \
    X(SDL_PushEvent)                                                                               \
    X(SDL_QuitSubSystem) X(SDL_RegisterEvents) X(SDL_RenderClear) X(SDL_RenderCopy)                \
        X(SDL_RenderPresent) X(SDL_SetHint) X(SDL_SetWindowFullscreen) X(SDL_ShowCursor)           \
            X(SDL_StartTextInput) X(SDL_UpdateTexture) X(SDL_WaitEventTimeout)

#define SDL_SLOT(name) __typeof__(&name) name;
struct sdl {
    SDL_FUNCTIONS(SDL_SLOT)
};

/* The functions of SDL2, or NULL and NOT_FOUND with a message that says what to install. From any thread. */
const struct sdl *sdl_load(vultus_error *error);

#endif
