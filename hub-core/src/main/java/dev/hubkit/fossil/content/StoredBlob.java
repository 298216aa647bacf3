package dev.hubkit.fossil.content;

/**
 * An artifact as it lies in the repository.
 *
 * @param name its name
 * @param size the size of its full content in bytes
 * @param packed the stored bytes: a {@link CompressedBlob} of the content or of a delta
 * @param source the record the delta is against, 0 when the content is stored in full
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier, compared by nobody
public record StoredBlob(ArtifactName name, long size, byte[] packed, long source) {}
