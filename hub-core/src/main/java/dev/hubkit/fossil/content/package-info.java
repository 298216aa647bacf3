/**
 * The content store of a repository file: the SQLite schema, artifact names (hashes), deltas,
 * compressed blobs, phantoms. The lowest layer of Fossil: above the foundation, it uses nothing.
 */
@NullMarked
package dev.hubkit.fossil.content;

import org.jspecify.annotations.NullMarked;
