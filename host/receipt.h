/* host/receipt.h - the receipt: one hash over everything two nodes must agree on about a run.
 *
 * BLAKE2b-256 over these fields, in this order.  u8, u32, u64 are little-endian; "bytes" is a u64 length and the bytes.
 *
 *   16 bytes  "delavm receipt 2"         (layout version)
 *   u32       engine version             HOST_ENGINE_VERSION
 *   32 bytes  module hash                of a contract that starts from a snapshot, the BLAKE2b-256 of the 17 bytes
 *                                        "delavm snapshot 2", the module hash and the snapshot's hash (host/host.h)
 *   32 bytes  schedule hash
 *   32 bytes  limits hash
 *   u8        mode                       0 execute, 1 simulate
 *   bytes     entry                      the name of the called export
 *   u64       fuel limit                 as granted
 *   bytes     input
 *   u32       number of arguments; for each: bytes key, bytes value
 *   bytes     caller
 *   bytes     transaction id
 *   u64       nonce
 *   u64       time
 *   u32       number of previous transactions; for each:
 *               bytes id, u32 number of arguments, for each: bytes key, bytes value
 *   u8        status                     1 accepted 2 rejected 3 trapped 4 out_of_fuel 5 need_keys
 *   u64       fuel used
 *   u32       trap                       its row in vm/traps.def counted from 1, or 0
 *   u32       trap function              0 where there is no trap
 *   u32       trap offset                0 where there is no trap
 *   bytes     result
 *   bytes     message
 *   u32       number of reads;  for each: bytes key, u8 present, bytes value
 *   u32       number of writes; for each: bytes key, u8 present, bytes value
 *   u32       number of needed keys; for each: bytes key
 *   u32       number of events; for each: bytes name, bytes data
 *
 * Logs, memory figures and the guest stack are for people and are not in it.  The storage that was brought but not read
 * is not in it either: two nodes may bring different surplus keys and still agree. */
#ifndef DELAVM_HOST_RECEIPT_H
#define DELAVM_HOST_RECEIPT_H

#include "host/host.h"

/* The receipt of a finished run. */
struct host_hash host_receipt(const struct host_config *config, const struct host_request *request,
                              const struct host_outcome *outcome);

#endif
