import { fileDesc } from "@bufbuild/protobuf/codegenv2";

/**
 * The rules of validation are the server's: the console reads none of them, so this empty file stands in for their 100 kB of descriptors,
 * which every message would bring along. vite.config.ts puts it in their place.
 */
export const file_buf_validate_validate = fileDesc(
  "ChtidWYvdmFsaWRhdGUvdmFsaWRhdGUucHJvdG8SDGJ1Zi52YWxpZGF0ZWIGcHJvdG8y",
);
