import { Injectable } from '@nestjs/common';
import { LeaderElectionService, LeaderOnly } from '@oarlock/nestjs';

@Injectable()
export class InvoicesService {
  constructor(private readonly leader: LeaderElectionService) {}

  @LeaderOnly()
  send(): string {
    return `sent by ${this.leader.id}`;
  }

  resign(): Promise<string> {
    return this.leader.resign();
  }
}
