/* fuzz: vendor=corelight */
#include "vendor_forms.h"

FUZZ_VENDOR(corelight)
