/* fuzz: vendor=network-summary */
#include "vendor_forms.h"

FUZZ_VENDOR(network_summary)
