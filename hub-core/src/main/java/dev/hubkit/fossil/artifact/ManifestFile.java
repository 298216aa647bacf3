package dev.hubkit.fossil.artifact;

import dev.hubkit.fossil.content.ArtifactName;
import org.jspecify.annotations.Nullable;

/**
 * An F card: a file of a check-in.
 *
 * @param name its path, with slashes
 * @param content the artifact that is its content, null for a deletion in a delta manifest
 * @param permission the kind of file
 * @param priorName its path in the primary parent when it was renamed, else null
 */
public record ManifestFile(
    String name,
    @Nullable ArtifactName content,
    Permission permission,
    @Nullable String priorName) {}
