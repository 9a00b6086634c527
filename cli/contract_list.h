/* The contracts that come with vultus, for networks that a user has: models/contracts/NAME.json. */
#ifndef CLI_CONTRACT_LIST_H
#define CLI_CONTRACT_LIST_H

#include "options.h"

/* A path is taken as it is; a bare name is one of the contracts that come with vultus. False, with a
 * message, when there is none of this name. */
bool contract_find(const char *name, char *path, size_t size);
/* The name of the pack that a contract makes; "" when it cannot be read. */
void contract_pack_name(const char *path, char *name, size_t size);
/* Prints the contract of a name; false when there is none. */
bool contract_info(const struct options *options, const char *name);
/* All that come with vultus. Returns an exit code. */
int contract_list(const struct options *options);

#endif
