/* fuzz: vendor=asim-native */
#include "vendor_forms.h"

FUZZ_VENDOR(asim_native)
