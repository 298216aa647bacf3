package dev.hubkit.fossil.content;

/**
 * Content that is hashed and compressed, ready to be stored.
 *
 * @param name the name that the policy gives it
 * @param otherName the name it may be known under already
 * @param size its size in bytes
 * @param packed the content as a {@link CompressedBlob}
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier, compared by nobody
public record PreparedBlob(ArtifactName name, ArtifactName otherName, int size, byte[] packed) {}
