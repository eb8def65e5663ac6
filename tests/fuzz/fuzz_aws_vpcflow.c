/* fuzz: vendor=aws-vpcflow */
#include "vendor_forms.h"

FUZZ_VENDOR(aws_vpcflow)
