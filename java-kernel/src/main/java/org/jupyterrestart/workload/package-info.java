/** What apps are busy with, and how it outlives a restart. */
package org.jupyterrestart.workload;
