/* placeholder */ typedef int normalizer_placeholder;
