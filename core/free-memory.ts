/// <reference lib="es2024.arraybuffer" />

/**
 * Frees the memory of a chunk that its only owner has done with, at once. The garbage collector would
 * look at the whole heap, which in n8n is large, after every few megabytes of chunks. Chunks that
 * share their memory with others are left to it.
 */
export function freeMemory({ buffer, byteLength }: Buffer): void {
	if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
