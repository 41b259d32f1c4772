import { type FileHandle, mkdir, open, readdir, readFile, rename, stat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { FactError } from '../base/error.ts'
import type { AppendFile, Disk } from './disk.ts'

const code = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code

/** Turns what the operating system says into words; what is a bug of ours passes through. */
function explained(error: unknown, doing: string, path: string): unknown {
  switch (code(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new FactError('disk-full', `the disk is full: could not ${doing} ${path}; make room and it goes on`, {
        file: path,
      })
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new FactError('unavailable', `not allowed to ${doing} ${path}; check the rights of the data folder`, {
        file: path,
      })
    case 'ENOTDIR':
    case 'EEXIST':
      return new FactError('unavailable', `could not ${doing} ${path}: a file is where a folder should be`, {
        file: path,
      })
    default:
      return error
  }
}

async function absentAs<X>(absent: X, work: Promise<X>): Promise<X> {
  try {
    return await work
  } catch (error) {
    if (code(error) === 'ENOENT') return absent
    throw error
  }
}

/** In one go, where the system takes it: `writeFile` hands over half a megabyte at a time. */
async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) done += (await file.write(bytes, done, bytes.length - done)).bytesWritten
}

export const nodeDisk: Disk = {
  async list(folder) {
    try {
      return (await absentAs([], readdir(folder))).sort()
    } catch (error) {
      throw explained(error, 'list', folder)
    }
  },

  async read(path) {
    return absentAs(undefined, readFile(path))
  },

  async size(path) {
    return (await absentAs(undefined, stat(path)))?.size
  },

  async readAt(path, offset, length) {
    const file = await open(path, 'r')
    try {
      const bytes = Buffer.allocUnsafeSlow(length)
      let filled = 0
      while (filled < length) {
        const { bytesRead } = await file.read(bytes, filled, length - filled, offset + filled)
        if (bytesRead === 0) break
        filled += bytesRead
      }
      return bytes.subarray(0, filled)
    } finally {
      await file.close()
    }
  },

  async append(path): Promise<AppendFile> {
    const file = await open(path, 'a').catch(error => {
      throw explained(error, 'open', path)
    })
    return {
      async write(bytes) {
        try {
          await writeAll(file, bytes)
        } catch (error) {
          throw explained(error, 'write', path)
        }
      },
      sync: () => file.datasync(),
      truncate: length => file.truncate(length),
      close: () => file.close(),
    }
  },

  async replace(path, bytes) {
    const beside = `${path}.new`
    try {
      const file = await open(beside, 'w')
      try {
        await file.writeFile(bytes)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(beside, path)
      await nodeDisk.syncFolder(dirname(path))
    } catch (error) {
      throw explained(error, 'write', path)
    }
  },

  async write(path, pieces) {
    try {
      const file = await open(path, 'w')
      try {
        for (const piece of pieces) await writeAll(file, piece)
        await file.sync()
      } finally {
        await file.close()
      }
    } catch (error) {
      throw explained(error, 'write', path)
    }
  },

  async remove(path) {
    await absentAs(undefined, unlink(path))
  },

  async sync(path) {
    const file = await absentAs(undefined, open(path, 'r'))
    if (!file) return false
    try {
      await file.datasync()
    } finally {
      await file.close()
    }
    return true
  },

  async makeFolder(folder) {
    try {
      await mkdir(folder, { recursive: true })
    } catch (error) {
      throw explained(error, 'make', folder)
    }
  },

  async syncFolder(folder) {
    const handle = await open(folder, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  },
}
