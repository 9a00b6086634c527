/* The camera that a request is about. */
#ifndef SERVER_CAMERA_REQUEST_H
#define SERVER_CAMERA_REQUEST_H

#include "cameras.h"
#include "request.h"

/* Holds the lock of the cameras until it is given back. False: the reply says that there is none, or that the key is not
 * for it. */
bool camera_take(struct request *request, struct camera **out);
void camera_give(struct request *request);

#endif
