package dev.hubkit.fossil.artifact;

import dev.hubkit.fossil.content.ArtifactName;
import org.jspecify.annotations.Nullable;

/**
 * A Q card: changes of another check-in, included without a merge.
 *
 * @param backout whether they were taken out rather than included
 * @param target the check-in they come from
 * @param base where the range of check-ins begins, null for the one check-in
 */
public record Cherrypick(boolean backout, ArtifactName target, @Nullable ArtifactName base) {}
