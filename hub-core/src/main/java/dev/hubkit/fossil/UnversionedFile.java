package dev.hubkit.fossil;

import dev.hubkit.fossil.content.ArtifactName;
import java.time.Instant;

/**
 * A file that is synced but has no history.
 *
 * @param path its path
 * @param time when it was changed, in whole seconds
 * @param hash the name that its content would have
 * @param size its size in bytes
 */
public record UnversionedFile(String path, Instant time, ArtifactName hash, long size) {}
