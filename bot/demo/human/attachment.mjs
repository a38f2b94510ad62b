// Encrypted attachments as the Matrix specification describes them (Client-Server API, "Sending
// encrypted attachments", version "v2"): AES-256-CTR, a 64-bit counter, SHA-256 over the ciphertext.
import { webcrypto } from "node:crypto";

const unpadded = (bytes) => Buffer.from(bytes).toString("base64").replace(/=+$/, "");

export async function encryptAttachment(plain) {
    const iv = new Uint8Array(16);
    webcrypto.getRandomValues(iv.subarray(0, 8)); // the low half is the counter and starts at zero
    const key = await webcrypto.subtle.generateKey({ name: "AES-CTR", length: 256 }, true, ["encrypt", "decrypt"]);
    const cipher = await webcrypto.subtle.encrypt({ name: "AES-CTR", counter: iv, length: 64 }, key, plain);
    const jwk = await webcrypto.subtle.exportKey("jwk", key);
    const sha256 = await webcrypto.subtle.digest("SHA-256", cipher);
    return {
        cipher: Buffer.from(cipher),
        file: {
            v: "v2",
            key: { alg: "A256CTR", ext: true, k: jwk.k, key_ops: ["encrypt", "decrypt"], kty: "oct" },
            iv: unpadded(iv),
            hashes: { sha256: unpadded(sha256) },
        },
    };
}

export async function decryptAttachment(cipher, file) {
    const found = unpadded(await webcrypto.subtle.digest("SHA-256", cipher));
    if (found !== file.hashes.sha256.replace(/=+$/, "")) throw new Error("attachment hash does not match");
    const key = await webcrypto.subtle.importKey("jwk", file.key, { name: "AES-CTR" }, false, ["decrypt"]);
    const counter = Buffer.from(file.iv, "base64");
    return Buffer.from(await webcrypto.subtle.decrypt({ name: "AES-CTR", counter, length: 64 }, key, cipher));
}
