package dev.hubkit.fossil;

import dev.hubkit.fossil.content.ArtifactName;
import java.time.Instant;

/**
 * A version of a wiki page, as a list shows it.
 *
 * @param title the page
 * @param name the artifact
 * @param time when it was written
 * @param size the size of its text in bytes; 0 when the page was deleted
 */
public record WikiVersion(String title, ArtifactName name, Instant time, long size) {}
