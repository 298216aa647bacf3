package dev.hubkit.http;

/**
 * The limits on sizes of a server. Immutable.
 *
 * @param requestLine the longest first line of a request, in bytes; a longer one is answered with
 *     414
 * @param head the most bytes of a request before its body; more are answered with 431
 * @param headers the most header lines of a request; more are answered with 431
 * @param body the largest body of a request, in bytes; a larger one is answered with 413
 * @param inMemory how much of one body, or of one answer that its reader does not take, is held in
 *     memory, in bytes; more goes to a temporary file
 * @param memory how much of all heads, bodies and answers is held in memory, in bytes
 * @param requestDisk how much of all bodies is held in files, in bytes; a request that needs more
 *     is answered with 503
 * @param responseDisk how much of all answers is held in files, in bytes; at this bound the slowest
 *     reader is cut off
 */
public record SizeLimits(
    int requestLine,
    int head,
    int headers,
    long body,
    int inMemory,
    long memory,
    long requestDisk,
    long responseDisk) {
  private static final long GIB = 1L << 30;

  /** Checks the ranges. */
  public SizeLimits {
    if (requestLine < 1 || head < 1 || headers < 1 || inMemory < 0) {
      throw new IllegalArgumentException("Not limits of heads");
    }
    if (body < 0 || memory < 1 || requestDisk < 0 || responseDisk < 0) {
      throw new IllegalArgumentException("Not limits of bodies");
    }
  }

  /**
   * The defaults: heads of 64 KiB, bodies of 2 GiB, 1 MiB in memory for each and a sixteenth of the
   * heap for all, 4 GiB on disk for bodies and as much for answers.
   */
  public static SizeLimits defaults() {
    return new SizeLimits(
        16 << 10,
        64 << 10,
        1000,
        2 * GIB,
        1 << 20,
        Math.max(1 << 20, Runtime.getRuntime().maxMemory() / 16),
        4 * GIB,
        4 * GIB);
  }

  /** Returns these limits with others on heads. */
  public SizeLimits withHeads(int newRequestLine, int newHead, int newHeaders) {
    return new SizeLimits(
        newRequestLine, newHead, newHeaders, body, inMemory, memory, requestDisk, responseDisk);
  }

  /** Returns these limits with another on bodies. */
  public SizeLimits withBody(long value) {
    return new SizeLimits(
        requestLine, head, headers, value, inMemory, memory, requestDisk, responseDisk);
  }
}
