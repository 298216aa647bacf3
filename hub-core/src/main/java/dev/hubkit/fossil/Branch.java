package dev.hubkit.fossil;

import dev.hubkit.fossil.content.ArtifactName;
import java.time.Instant;

/**
 * A branch.
 *
 * @param name its name
 * @param tip its newest check-in
 * @param changed the time of the tip
 * @param checkIns how many check-ins are on it
 * @param isClosed whether the tip is closed
 */
public record Branch(
    String name, ArtifactName tip, Instant changed, long checkIns, boolean isClosed) {}
