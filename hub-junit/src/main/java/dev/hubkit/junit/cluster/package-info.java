/** The servers of a hub that has several: who leads, who dies, and who reaches whom. */
@NullMarked
package dev.hubkit.junit.cluster;

import org.jspecify.annotations.NullMarked;
